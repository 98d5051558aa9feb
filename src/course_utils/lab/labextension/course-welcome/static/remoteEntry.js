/**
 * What JupyterLab expects of an extension: a container with `init` and `get`, as a bundler would write it.
 *
 * Written by hand, so that the course needs no Node to be built. JupyterLab hands over its own modules (the "share
 * scope"); the extension proper is an ES module beside this file and is given a function to fetch them by name.
 */
(() => {
  const here = document.currentScript.src;

  /** @type {Record<string, Record<string, {get: () => Promise<() => any>, loaded?: boolean}>>} */
  let scope = {};

  /**
   * One of JupyterLab's modules. It offers each in one version; were there more, the one in use is the right one.
   * @param {string} name such as "@lumino/widgets"
   */
  async function shared(name) {
    const versions = Object.values(scope[name] ?? {});
    const version = versions.find((v) => v.loaded) ?? versions.at(-1);
    if (!version) {
      throw new Error(`The welcome page needs ${name}, which this JupyterLab does not share.`);
    }
    return (await version.get())();
  }

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB['course-welcome'] = {
    init(shareScope) {
      scope = shareScope;
    },
    async get() {
      const { makePlugin } = await import(new URL('plugin.js', here).href);
      const plugin = await makePlugin(shared, new URL('welcome.css', here).href);
      return () => ({ __esModule: true, default: plugin });
    }
  };
})();
