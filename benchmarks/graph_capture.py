"""How long capturing a computation graph takes, beside other tools, all in one run.

The question is whether a learner waits. Times of one machine say little about another, so every tool is given as a
multiple of the plain forward pass that was timed just before it, in the same process. Each measurement has a process of
its own: a tool that runs out of stack, memory or time then spoils no other row, and peak memory is its own. Times are
of the processor and on one thread, so that a busy machine does not count.

    python benchmarks/graph_capture.py --layers 20 300 2000

The network is a chain of Linear(16, 16) and ReLU and a sum at the end, which makes five autograd nodes a layer and one
more. The tools that others wrote are in the extra `bench`; one that is not installed is said to be missing.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

WIDTH, BATCH = 16, 8
WARM_UP_LAYERS = 3

# What the course promises: a recording takes at most twice the plain forward and this much for each node, and a graph
# of 1,501 nodes is read from grad_fn within this time.
RECORD_MS_A_NODE = 0.2
CAPTURE_MS = 300
CAPTURE_NODES = 1501


def network(layers: int) -> tuple[nn.Module, Tensor]:
    """A chain of ``layers`` Linear and ReLU, and a batch for it."""
    torch.manual_seed(0)
    parts = [part for _ in range(layers) for part in (nn.Linear(WIDTH, WIDTH), nn.ReLU())]
    return nn.Sequential(*parts), torch.randn(BATCH, WIDTH)


def plain_forward(net: nn.Module, x: Tensor) -> Tensor:
    return net(x).sum()


def course_record(net: nn.Module, x: Tensor) -> str:
    from course_utils.graphs import record

    with record() as tape:
        # Held, as a learner's variable would be: the graph is read from results that are alive.
        loss = plain_forward(net, x)
    return _contents(tape.graph(loss))


def course_capture(net: nn.Module, x: Tensor) -> str:
    from course_utils.graphs import capture

    return _contents(capture(plain_forward(net, x), params=net))


def _contents(graph: dict[str, Any]) -> str:
    nodes = graph["nodes"]
    operations = [node for node in nodes if node["kind"] == "operation"]
    values = sum(node["value"] is not None for node in nodes)
    lines = sum(node["source"] is not None for node in operations)
    gradients = sum(step["pass"] == "backward" for step in graph["steps"])
    return f"{len(nodes)} nodes: {values} values, {lines} lines, {gradients} backward steps"


def torchviz_make_dot(net: nn.Module, x: Tensor) -> str:
    from torchviz import make_dot

    dot = make_dot(plain_forward(net, x), params=dict(net.named_parameters()), show_attrs=True, show_saved=True)
    return f"{len(dot.body)} lines of DOT"


def torchview_draw_graph(net: nn.Module, x: Tensor) -> str:
    from torchview import draw_graph

    graph = draw_graph(net, x, depth=float("inf"), expand_nested=True)
    return f"{len(graph.visual_graph.body)} lines of DOT"


def torchlens_trace(net: nn.Module, x: Tensor) -> str:
    import torchlens

    trace = torchlens.trace(net, x)
    return f"{trace.num_ops} operations"


@dataclass(frozen=True)
class Tool:
    """A way to get a graph.

    Attributes:
        label: its name in the table.
        package: what must be installed.
        run: makes the graph, forward pass included, and says what came out.
        gives: what a reader of its result can learn.
    """

    label: str
    package: str
    run: Callable[[nn.Module, Tensor], str]
    gives: str


TOOLS = (
    Tool(
        "record",
        "course_utils",
        course_record,
        "values, gradients with their rules, lines, modules, cuts; plain data to step through",
    ),
    Tool(
        "capture",
        "course_utils",
        course_capture,
        "gradients with their rules, values that were kept, parameters' names; plain data",
    ),
    Tool(
        "make_dot",
        "torchviz",
        torchviz_make_dot,
        "autograd's nodes with their attributes, shapes of leaves; DOT, no values, no gradients",
    ),
    Tool(
        "draw_graph",
        "torchview",
        torchview_draw_graph,
        "modules, functions and shapes of the forward pass; DOT, no values, no gradients",
    ),
    Tool(
        "trace",
        "torchlens",
        torchlens_trace,
        "operations of the forward pass with values, lines and modules; gradients if asked for; Python objects",
    ),
)


@dataclass(frozen=True)
class Measured:
    """Medians in seconds of the processor; growth of the process's peak memory in MiB, None where the system does not tell."""

    nodes: int
    plain: float
    tool: float
    memory: float | None
    result: str


def _timed(run: Callable[[nn.Module, Tensor], Any], net: nn.Module, x: Tensor, repeats: int) -> tuple[float, Any]:
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        result = run(net, x)
        times.append(time.process_time() - begin)
    return statistics.median(times), result


def _count_nodes(output: Tensor) -> int:
    found, waiting = set(), [output.grad_fn]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [parent for parent, _ in node.next_functions if parent is not None]
    return len(found)


def _peak() -> float | None:
    """The most memory that this process has held, in MiB."""
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 2**20 if sys.platform == "darwin" else most / 2**10


def row_in_this_process(label: str, layers: int, repeats: int) -> Measured | str:
    """One row; a sentence where the tool fails."""
    torch.set_num_threads(1)
    tool = next(tool for tool in TOOLS if tool.label == label)
    try:
        # Imports and the patches that some tools put into torch on first use are not what is asked.
        tool.run(*network(WARM_UP_LAYERS))
        net, x = network(layers)
        nodes = _count_nodes(plain_forward(net, x))
        plain, _ = _timed(plain_forward, net, x, max(repeats, 5))
        before = _peak()
        taken, result = _timed(tool.run, net, x, repeats)
        after = _peak()
        memory = after - before if before is not None and after is not None else None
        return Measured(nodes, plain, taken, memory, result)
    except Exception as error:
        return _first_line(f"{type(error).__name__}: {error}")


def _first_line(text: str) -> str:
    return (text.splitlines() or [""])[0][:100]


def row_apart(tool: Tool, layers: int, repeats: int, seconds: float) -> Measured | str:
    """One row from a fresh process; a sentence where there is no measurement."""
    if importlib.util.find_spec(tool.package) is None:
        return f"{tool.package} is not installed"
    command = [sys.executable, "-W", "ignore", __file__, "--row", tool.label, "--layers", str(layers), "--repeats", str(repeats)]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"no answer within {seconds:g} seconds"
    if ended.returncode:
        return f"the process died (exit code {ended.returncode})"
    # Tools may print; the answer is the last line.
    answer = json.loads(ended.stdout.splitlines()[-1])
    return answer if isinstance(answer, str) else Measured(**answer)


def version(package: str) -> str:
    """The installed version; the course's own tools go by torch's."""
    if package == "course_utils":
        return f"torch {torch.__version__}"
    return importlib.metadata.version(package) if importlib.util.find_spec(package) else "missing"


def verdict(tool: Tool, row: Measured) -> str:
    """Whether the course's own tools keep what they promise; nothing for other tools, or where nothing is promised."""
    took = row.tool * 1000
    if tool.label == "record":
        limit = 2 * row.plain * 1000 + RECORD_MS_A_NODE * row.nodes
    elif tool.label == "capture" and row.nodes == CAPTURE_NODES:
        limit = CAPTURE_MS
    else:
        return ""
    return f"{'within' if took <= limit else 'OVER'} {limit:.0f} ms"


def line_of(tool: Tool, layers: int, row: Measured | str) -> str:
    """One row of the table."""
    start = f"{layers:>6}  {tool.package + '.' + tool.label:<21}"
    if isinstance(row, str):
        return f"{start}  {row}"
    memory = "?" if row.memory is None else f"{row.memory:.0f}"
    return (
        f"{start}  {row.nodes:>6}  {row.plain * 1000:>8.1f}  {row.tool * 1000:>8.0f}  {row.tool / row.plain:>6.0f}x"
        f"  {row.tool * 1000 / row.nodes:>7.3f}  {memory:>6}  {verdict(tool, row):<15}  {row.result}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, nargs="+", default=[20, 300, 2000], help="lengths of the chain")
    parser.add_argument("--repeats", type=int, default=3, help="measurements of each, of which the median counts")
    parser.add_argument("--seconds", type=float, default=120, help="how long to wait for one row")
    parser.add_argument("--row", help=argparse.SUPPRESS)
    parser.add_argument("--tools", nargs="+", choices=[tool.label for tool in TOOLS], help="only these")
    chosen = parser.parse_args()
    if min(chosen.layers) < 1 or chosen.repeats < 1 or chosen.seconds <= 0:
        parser.error("--layers, --repeats and --seconds must be positive.")
    if chosen.row:
        row = row_in_this_process(chosen.row, chosen.layers[0], chosen.repeats)
        print(json.dumps(row if isinstance(row, str) else asdict(row)))
        return
    tools = [tool for tool in TOOLS if not chosen.tools or tool.label in chosen.tools]

    print("layers  tool                    nodes  plain ms   tool ms   ratio  ms/node    MiB  promise          result")
    for layers in chosen.layers:
        for tool in tools:
            print(line_of(tool, layers, row_apart(tool, layers, chosen.repeats, chosen.seconds)), flush=True)
    print("\nEach gives (forward pass included in its time):")
    for tool in tools:
        print(f"  {tool.package}.{tool.label} ({version(tool.package)}): {tool.gives}")


if __name__ == "__main__":
    main()
