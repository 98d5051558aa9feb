// Round numbers for an axis.

/**
 * About `count` round numbers from `low` to `high`.
 * @param {number} low @param {number} high @param {number} count
 */
export function ticks(low, high, count) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((m) => m * power >= rough) ?? 10);
  const made = [];
  for (let n = Math.ceil(low / step); n * step <= high * (1 + 1e-12); n += 1) made.push(Number((n * step).toPrecision(12)));
  return made;
}

/**
 * Round numbers for a log axis between two positive numbers: powers of ten, thinned out to at most `most`; where there are
 * few of them, 1, 2 and 5 times each.
 * @param {number} low @param {number} high @param {number} most
 */
export function decades(low, high, most) {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const wide = Math.log10(high) - Math.log10(low);
  const by = Math.max(1, Math.ceil(wide / most));
  const made = [];
  for (let n = first; n <= last; n += by) for (const m of wide < 2.2 ? [1, 2, 5] : [1]) made.push(Number((m * 10 ** n).toPrecision(3)));
  const inside = made.filter((v) => v >= low * (1 - 1e-9) && v <= high * (1 + 1e-9));
  return inside.length > 1 ? inside : ticks(low, high, 4).filter((v) => v > 0);
}
