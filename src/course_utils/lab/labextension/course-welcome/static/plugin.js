/** Puts the welcome page into JupyterLab: a tab, a command, and when to look again. */

import { instructorPage } from './instructor.js';
import { StudentPage } from './student.js';

const ID = 'course-welcome';
const COMMAND = 'course:welcome';
const SETTLE_MS = 250;
// Narrower than this, the file browser would leave the page no room.
const NARROW_PX = 640;

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><path class="jp-icon3 jp-icon-selectable"
  fill="#616161" d="M12 3 1 9l11 6 9-4.9V17h2V9L12 3zM5 13.2V17l7 4 7-4v-3.8l-7 3.8-7-3.8z"/></svg>`;

/**
 * The JupyterLab plugin.
 * @param {(name: string) => Promise<any>} shared fetches one of JupyterLab's modules
 * @param {string} stylesheet its address
 */
export async function makePlugin(shared, stylesheet) {
  const [application, apputils, coreutils, { ILauncher }, services, { LabIcon }, { Widget }] = await Promise.all(
    ['application', 'apputils', 'coreutils', 'launcher', 'services', 'ui-components']
      .map((name) => shared(`@jupyterlab/${name}`))
      .concat(shared('@lumino/widgets'))
  );
  const { PageConfig, URLExt } = coreutils;
  const { ServerConnection } = services;

  /** The tab. It looks again when it is shown and when it is told to, and only one request runs at a time. */
  class Welcome extends Widget {
    /** @param {{node: HTMLElement, show?: (p: any) => void, fail?: (m: string) => void}} page */
    constructor(page, settings) {
      super({ node: page.node });
      this._page = page;
      this._settings = settings;
    }

    onAfterShow() {
      this.refresh();
    }

    onActivateRequest() {
      this.node.focus({ preventScroll: true });
    }

    /** Looks once things have settled: saving a notebook is several events. */
    refresh() {
      if (this._page.show) {
        clearTimeout(this._timer);
        this._timer = setTimeout(() => this._look(), SETTLE_MS);
      }
    }

    async _look() {
      if (this.isDisposed || !this.isVisible) {
        return;
      }
      try {
        const url = URLExt.join(this._settings.baseUrl, 'course', 'progress');
        const response = await ServerConnection.makeRequest(url, { cache: 'no-store' }, this._settings);
        const answer = await response.json();
        if (!response.ok) {
          throw new Error(answer.message ?? `The server answered ${response.status}.`);
        }
        this._page.show(answer);
      } catch (error) {
        this._page.fail(
          error instanceof ServerConnection.NetworkError
            ? 'The course’s server does not answer. Start it again with “course lab”; your saved work is safe.'
            : error.message
        );
      }
    }
  }

  return {
    id: `${ID}:plugin`,
    description: 'The page that the course opens on.',
    autoStart: true,
    requires: [application.ILabShell],
    optional: [application.ILayoutRestorer, apputils.ICommandPalette, ILauncher],
    activate(app, shell, restorer, palette, launcher) {
      addStylesheet(stylesheet);
      const icon = new LabIcon({ name: `${ID}:icon`, svgstr: ICON });
      const { commands } = app;
      const { contents, serverSettings } = app.serviceManager;
      const run = (command, args) => commands.execute(command, args);
      const makePage = () =>
        PageConfig.getOption('courseMode') === 'instructor'
          ? instructorPage(run, (command) => commands.hasCommand(command))
          : new StudentPage((path) => run('docmanager:open', { path }));

      /** @type {Welcome | undefined} */
      let welcome;
      const tracker = new apputils.WidgetTracker({ namespace: ID });

      /** Adds the tab unless it is there. */
      function ensure() {
        if (!welcome || welcome.isDisposed) {
          welcome = new Welcome(makePage(), serverSettings);
          welcome.id = ID;
          welcome.title.label = 'Welcome';
          welcome.title.caption = 'The course’s chapters, and what you have solved';
          welcome.title.icon = icon;
          welcome.title.closable = true;
          void tracker.add(welcome);
        }
        if (!welcome.isAttached) {
          const first = [...shell.widgets('main')][0];
          shell.add(welcome, 'main', { activate: false, mode: first ? 'tab-before' : undefined, ref: first?.id });
        }
        return welcome;
      }

      commands.addCommand(COMMAND, {
        label: 'Welcome',
        caption: 'The course’s chapters, and what you have solved',
        icon,
        execute: () => shell.activateById(ensure().id)
      });
      palette?.addItem({ command: COMMAND, category: 'Course' });
      launcher?.add({ command: COMMAND, category: 'Course', rank: 0 });
      void restorer?.restore(tracker, { command: COMMAND, name: () => ID });

      // An address that names a file, and a reload in the middle of work, ask for something else than this page.
      const elsewhere = PageConfig.getOption('treePath') || isReload();
      void app.restored.then(() => {
        const busy = elsewhere && [...shell.widgets('main')].some((w) => w.id !== ID);
        const page = ensure();
        if (window.innerWidth < NARROW_PX) {
          shell.collapseLeft();
        }
        if (!busy) {
          shell.activateById(page.id);
        }
        page.refresh();
      });

      contents.fileChanged.connect(() => welcome?.refresh());
      document.addEventListener('visibilitychange', () => document.hidden || welcome?.refresh());
    }
  };
}

/** @param {string} href */
function addStylesheet(href) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  document.head.append(link);
}

function isReload() {
  return performance.getEntriesByType('navigation')[0]?.type === 'reload';
}
