"use strict";
(function () {
  var status = document.querySelector("[role=status]");

  function key(row, column) {
    var cell = row.cells[column];
    var text = cell.hasAttribute("data-sort") ? cell.getAttribute("data-sort") : cell.textContent.trim();
    return { empty: text === "", number: text !== "" && isFinite(text) ? Number(text) : null, text: text };
  }

  function compare(a, b, sign) {
    if (a.empty || b.empty) { return (a.empty ? 1 : 0) - (b.empty ? 1 : 0); }
    if (a.number !== null && b.number !== null) { return sign * (a.number - b.number); }
    return sign * a.text.localeCompare(b.text, "en-GB", { numeric: true, sensitivity: "base" });
  }

  function sort(table, header, column) {
    var descending = header.getAttribute("aria-sort") === "ascending";
    var body = table.tBodies[0];
    var rows = Array.prototype.map.call(body.rows, function (row, place) {
      return { row: row, key: key(row, column), place: place };
    });
    rows.sort(function (a, b) { return compare(a.key, b.key, descending ? -1 : 1) || a.place - b.place; });
    rows.forEach(function (item) { body.appendChild(item.row); });
    table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    status.textContent = "Sorted by " + header.textContent.trim() + ", " + (descending ? "descending" : "ascending");
  }

  document.querySelectorAll("table[data-sortable]").forEach(function (table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (header, column) {
      if (header.hasAttribute("data-unsortable")) { return; }
      var button = document.createElement("button");
      button.type = "button";
      while (header.firstChild) { button.appendChild(header.firstChild); }
      header.appendChild(button);
      button.addEventListener("click", function () { sort(table, header, column); });
    });
  });
}());
