// Places for cards, by dagre: https://github.com/dagrejs/dagre (chosen over elkjs, d3-dag and Graphviz in WASM; the
// figures are in docs/architecture.md).

import dagre from "@dagrejs/dagre";

/** Above this many nodes a quicker ranking is worth the longer edges. */
const MANY = 300;

/**
 * @typedef {{ x: number, y: number, width: number, height: number }} Box x and y are the centre
 * @typedef {{ boxes: Map<string, Box>, ways: Map<string, { x: number, y: number }[]>, frames: Map<string, Box>,
 *   width: number, height: number, across: boolean }} Plan
 */

/**
 * @param {{ id: string, width: number, height: number, parents: string[] }[]} nodes parents: open groups, innermost first
 * @param {{ key: string, from: string, to: string, label: { width: number, height: number } }[]} links label: the room that
 *   a value on its way needs
 * @param {boolean} across data flows from left to right; else from top to bottom
 * @returns {Plan}
 */
export function plan(nodes, links, across) {
  const many = nodes.length > MANY;
  const graph = new dagre.graphlib.Graph({ multigraph: true, compound: !many });
  graph.setGraph({
    rankdir: across ? "LR" : "TB", nodesep: across ? 22 : 26, edgesep: 14, ranksep: 40, marginx: 22, marginy: 26,
    ranker: many ? "tight-tree" : "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const opened = new Set();
  for (const { id, width, height, parents } of nodes) {
    graph.setNode(id, { width, height });
    if (many) continue;
    let inner = id;
    for (const parent of parents) {
      if (!opened.has(parent)) graph.setNode(parent, {});
      opened.add(parent);
      graph.setParent(inner, parent);
      inner = parent;
    }
  }
  for (const { key, from, to, label } of links) graph.setEdge(from, to, many ? {} : { ...label, labelpos: "c" }, key);
  dagre.layout(graph);
  const boxes = new Map(nodes.map(({ id }) => [id, /** @type {Box} */ (graph.node(id))]));
  const ways = new Map(graph.edges().map((e) => [/** @type {string} */ (e.name), /** @type {any} */ (graph.edge(e)).points]));
  const frames = new Map([...opened].map((id) => [id, /** @type {Box} */ (graph.node(id))]));
  const { width = 0, height = 0 } = /** @type {any} */ (graph.graph());
  return { boxes, ways, frames, width, height, across };
}

/**
 * The middle of a way, measured along it.
 * @param {{ x: number, y: number }[]} points
 */
export function middle(points) {
  const lengths = points.slice(1).map((q, i) => Math.hypot(q.x - points[i].x, q.y - points[i].y));
  let left = lengths.reduce((a, b) => a + b, 0) / 2;
  for (let i = 0; i < lengths.length; i++) {
    if (left <= lengths[i]) {
      const share = lengths[i] ? left / lengths[i] : 0;
      return { x: points[i].x + (points[i + 1].x - points[i].x) * share, y: points[i].y + (points[i + 1].y - points[i].y) * share };
    }
    left -= lengths[i];
  }
  return points[points.length - 1];
}

/**
 * A smooth way through the points that dagre gives.
 * @param {{ x: number, y: number }[]} points @param {boolean} across
 */
export function curve(points, across) {
  const f = (/** @type {number} */ n) => n.toFixed(1);
  let path = `M${f(points[0].x)} ${f(points[0].y)}`;
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1], b = points[i];
    const bend = across ? { x: (b.x - a.x) / 2, y: 0 } : { x: 0, y: (b.y - a.y) / 2 };
    path += `C${f(a.x + bend.x)} ${f(a.y + bend.y)} ${f(b.x - bend.x)} ${f(b.y - bend.y)} ${f(b.x)} ${f(b.y)}`;
  }
  return path;
}
