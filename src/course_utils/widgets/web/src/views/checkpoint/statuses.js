// What can be true of one key: a sign, a word and a sentence each, so that colour is never the only difference.

export const STATUSES = {
  missing: { sign: "−", word: "missing", about: "the first has this key, the second lacks it" },
  unexpected: { sign: "+", word: "unexpected", about: "only the second has this key" },
  shape: { sign: "▭", word: "shape", about: "the shapes differ, so it cannot be loaded" },
  dtype: { sign: "T", word: "dtype", about: "the dtypes differ; loading converts without a word" },
  changed: { sign: "≠", word: "changed", about: "same shape and dtype, other values" },
  same: { sign: "=", word: "same", about: "equal in every element" },
};
