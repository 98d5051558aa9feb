"""torch's own error messages, in a beginner's words.

torch says precisely what is wrong, but in the words of those who built it. Each entry pairs a pattern of its message with
what a beginner should look at. The original message is always shown too: learning to read it is part of the course.
"""

from __future__ import annotations

import re

_SAYINGS: tuple[tuple[str, str], ...] = (
    (
        r"Expected index .* to be (?:smaller|no larger) than self",
        "The index tensor may not be larger than the tensor it "
        "works on, in any dimension except dim; for scatter it may not be larger than src either.",
    ),
    (
        r"Expected dtype int(?:32/int)?64 for index|tensors used as indices must be long",
        "Indexes are positions, so they must be whole numbers of dtype int64: use .long().",
    ),
    (
        r"Index tensor must have the same number of dimensions as (?:self|src|input|source)",
        "index, src and self need the same number of dimensions: look at their shapes, and add one with unsqueeze.",
    ),
    (
        r"index -?\d+ is out of bounds for dimension",
        "Some index points past the end of that dimension: the largest one "
        "allowed is its size minus one, and scatter and gather take no negative ones.",
    ),
    (
        r"self and src to have the same dtype|Expected self\.dtype to be equal to src\.dtype",
        "src and self need the same dtype: convert one with .to(other.dtype).",
    ),
    (
        r"a leaf Variable that requires grad is being used in an in-place operation",
        "An in-place operation would overwrite a leaf that autograd is recording. Make a new tensor instead, or wrap an update in "
        "torch.no_grad().",
    ),
    (
        r"a view of a leaf Variable that requires grad is being used in an in-place",
        "That view shares its memory with a leaf that autograd is recording, so changing it in place would change the leaf. "
        "Work on .clone(), or wrap an update in torch.no_grad().",
    ),
    (
        r"modified by an inplace operation",
        "A value that backward needs was overwritten after forward used it. Replace the "
        "in-place operation (the name ends in _, or it is += or an assignment into a slice) by one that makes a new tensor.",
    ),
    (
        r"backward through the graph a second time",
        "The first backward freed what it had saved. Run forward again, or pass retain_graph=True to the first one.",
    ),
    (
        r"grad can be implicitly created only for scalar outputs",
        "backward() starts from one number. Reduce first (sum or "
        "mean), or say how much each element counts with backward(gradient=...).",
    ),
    (
        r"does not require grad and does not have a grad_fn",
        "There is no graph behind this tensor: nothing it was made from "
        "required grad, or it was made under no_grad or after detach().",
    ),
    (
        r"differentiated Tensors? .*appears? to not have been used",
        "You asked for the gradient of something that the "
        "output never used; pass allow_unused=True to get None for it.",
    ),
    (
        r"you can only change requires_grad flags of leaf variables",
        "Only leaves carry a requires_grad flag that can be set. To cut a computed tensor off the graph, use detach().",
    ),
    (
        r"only Tensors of floating point (?:and complex )?dtype can require gradients",
        "Gradients need real numbers: make the tensor float first.",
    ),
    (
        r"Can't call numpy\(\) on Tensor that requires grad",
        "NumPy knows no gradients. Take the values out first: .detach().numpy().",
    ),
    (
        r"view size is not compatible",
        "view only relabels the existing memory, and this layout does not fit the new shape. "
        "reshape copies where it must; .contiguous().view(...) says so openly.",
    ),
    (r"shape '.*' is invalid for input of size", "The new shape must hold exactly as many elements as the old one."),
    (
        r"a Tensor with \d+ elements cannot be converted to Scalar|only one element tensors can be converted",
        ".item() works for exactly one element; use .tolist() for more.",
    ),
    (
        r"mat1 and mat2 shapes cannot be multiplied|inconsistent tensor size",
        "For a matrix product, the last size on the left must equal the first size on the right.",
    ),
    (
        r"The size of tensor a .* must match the size of tensor b",
        "These shapes do not broadcast: aligned from the right, two sizes must be equal or one of them 1.",
    ),
    (
        r"Cannot copy out of meta tensor",
        "A tensor on the meta device has a shape and a dtype but no values, so there is nothing to read or copy.",
    ),
    (
        r'missing the required "forward" function',
        "torch calls a module's forward, and found none here: is it spelt `forward`, and indented inside the class? A "
        "ModuleList has none; call what is in it.",
    ),
    (
        r"received an invalid combination of arguments",
        "No form of this function takes these arguments. Compare the kinds that torch says it got with the forms that it "
        "lists: often a tensor stands where a number belongs, a name is not this function's, or a shape lacks its brackets.",
    ),
    (r"cannot reshape tensor of 0 elements", "With no elements at all, -1 could be any number: write the size out."),
    (
        r"could not infer output dtype",
        "torch could not tell which dtype the result should have: give it tensors of one dtype.",
    ),
    (
        r"bitwise_\w+_cpu. not implemented",
        "& and | bind more tightly than < and ==: put brackets round each comparison.",
    ),
    (
        r"Boolean value of Tensor with more than one value",
        "A condition on many elements is many answers. Combine conditions with "
        "& and | (in brackets), or ask .all() or .any().",
    ),
    (
        r"Expected all tensors to be on the same device|(?:Expected .* to be|is not) on (?:the expected|.*) device",
        "The tensors live on different devices: move one with .to(other.device).",
    ),
    (
        r"result type .* can't be cast to",
        "The result does not fit the tensor it should be written into: convert the dtype first.",
    ),
    (r"expected .* (?:scalar type|dtype)|must have the same dtype", "Check the dtype of each tensor here."),
    (
        r"Dimension out of range",
        "That dim does not exist: a tensor with n dimensions has dims 0 … n-1, or -n … -1 from the back.",
    ),
    (
        r"Sizes of tensors must match except in dimension|stack expects each tensor to be equal size",
        "The pieces must agree in every dimension but the one that they are joined along.",
    ),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE | re.DOTALL), saying) for pattern, saying in _SAYINGS)


def in_plain_words(error: BaseException) -> str | None:
    """What to look at, for an error that torch raised; None when we have nothing better to say than torch."""
    text = str(error)
    for pattern, saying in _COMPILED:
        if pattern.search(text):
            return saying
    if isinstance(error, RecursionError):
        return "The function calls itself without end."
    return None
