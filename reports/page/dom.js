// SPDX-License-Identifier: Apache-2.0 OR MIT
// Elements and numbers. Text only ever becomes text: names in a scenario may look like markup.
'use strict';

// h('p', {class: 'dim'}, 'words', element, ...): null children are left out; functions are listeners.
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

function section(id, title, ...children) {
  return h('section', {id, 'aria-labelledby': id + '-title'}, h('h2', {id: id + '-title'}, title), ...children);
}

// A section that says in one line that there is nothing to show.
function unmeasured(id, title, text) {
  const empty = section(id, title, h('p', {class: 'missing'}, text || 'Not measured in these runs.'));
  empty.classList.add('empty');
  return empty;
}

const wholeNumber = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});

function count(n) {
  return n === null || n === undefined ? '–' : wholeNumber.format(n);
}

function plural(n, one, many) {
  return count(n) + ' ' + (n === 1 ? one : many);
}

function percent(part, whole) {
  if (!whole) return '–';
  const value = 100 * part / whole;
  // What is not all must not look like all.
  return (part < whole && value > 99.95 ? '99.9' : value.toFixed(value === 100 ? 0 : 1)) + ' %';
}

// Seconds as people say them.
function duration(seconds) {
  if (seconds === null || seconds === undefined) return '–';
  if (seconds < 0.001) return (seconds * 1e6).toFixed(0) + ' µs';
  if (seconds < 1) return (seconds * 1e3).toFixed(seconds < 0.01 ? 1 : 0) + ' ms';
  if (seconds < 100) return seconds.toFixed(seconds < 10 ? 1 : 0) + ' s';
  if (seconds < 6000) return (seconds / 60).toFixed(0) + ' min';
  return (seconds / 3600).toFixed(1) + ' h';
}

function time(text) {
  return text ? text.replace('T', ' ').replace(/:\d\dZ$/, ' UTC') : '–';
}

// A bar behind a number: `share` of its room.
function bar(share, text, kind) {
  const filled = h('span', {class: 'bar-fill ' + (kind || '')});
  filled.style.width = (100 * Math.min(1, Math.max(0, share))).toFixed(1) + '%';
  return h('span', {class: 'bar'}, h('span', {class: 'bar-track', 'aria-hidden': 'true'}, filled),
           h('span', {class: 'bar-text'}, text));
}

// A block of text with a button that copies it, and a link that saves it as a file when `file` names one.
function block(title, text, mark, file) {
  const button = h('button', {
    type: 'button',
    class: 'copy',
    click: async () => {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    }
  }, 'Copy');
  const pre = h('pre', {tabindex: '0', 'aria-label': title});
  for (const line of text.replace(/\n$/, '').split('\n')) pre.append(mark ? mark(line) : line, '\n');
  const save = file ? h('a', {class: 'copy', download: file, href: 'data:text/plain;charset=utf-8,' + encodeURIComponent(text)}, 'Save') : null;
  return h('div', {class: 'block'}, h('div', {class: 'block-head'}, h('h4', {}, title), h('span', {class: 'buttons'}, save, button)), pre);
}
