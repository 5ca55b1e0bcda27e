/* Comfort only: counts what is ticked and ticks many at once. */
(function () {
  "use strict";
  var form = document.getElementById("bulk");
  if (!form) { return; }
  var boxes = Array.prototype.slice.call(form.querySelectorAll("input[name=pick]:not([disabled])"));
  var clear = boxes.filter(function (box) { return box.hasAttribute("data-clear"); });
  var line = form.querySelector("[data-count=clear]");
  function say() {
    var ticked = clear.filter(function (box) { return box.checked; }).length;
    line.textContent = " " + ticked + " 件";
  }
  Array.prototype.forEach.call(form.querySelectorAll("[data-tick]"), function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var wanted = button.getAttribute("data-tick");
      boxes.forEach(function (box) { box.checked = wanted === "all" || (wanted === "clear" && box.hasAttribute("data-clear")); });
      say();
    });
  });
  form.addEventListener("change", say);
  say();
})();
