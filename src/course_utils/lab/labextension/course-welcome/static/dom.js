/** Making elements in one line each. Text is always set as text, so nothing in a notebook can become markup. */

/**
 * @param {string} tag with classes, such as "p.course-lead"
 * @param {Record<string, any> | null} attributes; `onclick` and other properties that are functions are set as such
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name);
  element.classList.add(...classes);
  assign(element, attributes);
  element.append(...children.filter((child) => child || child === ''));
  return element;
}

/** As `h`, for SVG. */
export function s(tag, attributes, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  element.classList.add(...classes);
  assign(element, attributes);
  element.append(...children);
  return element;
}

function assign(element, attributes) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') {
      element[key] = value;
    } else if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(key, value);
    }
  }
}
