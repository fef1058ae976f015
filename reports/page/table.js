// SPDX-License-Identifier: Apache-2.0 OR MIT
// Tables that can be sorted by any column and filtered by words.

const ROWS_AT_FIRST = 40;

// Columns: {title, value: row => text or number to sort and filter by, cell: row => what is shown, number: true,
// minor: true when a phone has no room for it}.
function classOf(column) {
  return [column.number ? 'number' : null, column.minor ? 'minor' : null].filter(Boolean).join(' ') || null;
}

function dataTable(name, columns, rows, options) {
  const state = {column: null, down: false, words: [], all: false};
  const body = h('tbody', {});
  const told = h('span', {class: 'dim', role: 'status'});
  const more = h('button', {type: 'button', class: 'more', click: () => { state.all = true; show(); }});
  const heads = columns.map((column, i) => {
    const sorted = h('span', {class: 'arrow', 'aria-hidden': 'true'});
    return h('th', {scope: 'col', class: classOf(column)},
             h('button', {type: 'button', click: () => sortBy(i)}, column.title, sorted));
  });

  function sortBy(i) {
    // Numbers are of interest from the top, words from the front.
    state.down = state.column === i ? !state.down : Boolean(columns[i].number);
    state.column = i;
    show();
  }

  function matches(row) {
    const text = columns.map((column) => column.value(row)).join(' ').toLowerCase();
    return state.words.every((word) => text.includes(word));
  }

  function compare(a, b) {
    const missing = (value) => value === null || value === undefined;
    if (missing(a) || missing(b)) return missing(a) - missing(b);  // what was not measured comes last
    const order = typeof a === 'number' ? a - b : String(a).localeCompare(String(b), 'en', {numeric: true});
    return state.down ? -order : order;
  }

  function ordered() {
    const found = rows.filter(matches);
    if (state.column === null) return found;
    const value = columns[state.column].value;
    return found.sort((a, b) => compare(value(a), value(b)));
  }

  function show() {
    const found = ordered();
    const most = state.all ? found.length : ROWS_AT_FIRST;
    heads.forEach((head, i) => {
      const order = state.column !== i ? 'none' : state.down ? 'descending' : 'ascending';
      head.setAttribute('aria-sort', order);
    });
    body.replaceChildren(...found.slice(0, most).map(
        (row) => h('tr', {class: options && options.rowClass ? options.rowClass(row) : null},
                   columns.map((column) => h('td', {class: classOf(column)},
                                             column.cell ? column.cell(row) : String(column.value(row)))))));
    told.textContent = found.length === rows.length ? '' : found.length + ' of ' + rows.length;
    more.textContent = 'Show all ' + found.length;
    more.hidden = found.length <= most;
  }

  const filter = h('input', {
    type: 'search',
    placeholder: 'Filter',
    'aria-label': 'Filter ' + name,
    input: (event) => {
      state.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      show();
    }
  });
  show();
  return h('div', {class: 'table'}, rows.length > 5 ? h('div', {class: 'table-head'}, filter, told) : null,
           h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': name},
             h('table', {}, h('caption', {class: 'unseen'}, name), h('thead', {}, h('tr', {}, heads)), body)),
           more);
}
