// The theme asks each listing of the page whether it scrolls, for which the browser lays out all of a long page before it
// shows the first screen. It finds none here; those that come into view are asked below.
const LISTINGS = "pre, .cell_output > .output, .pst-scrollable-table-container";
const find = document.querySelectorAll.bind(document);
document.querySelectorAll = (selector) => find(selector.startsWith("pre, ") ? "no-listing" : selector);

// A listing that scrolls can be reached with the keyboard.
const listings = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) {
      const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
      target.tabIndex = scrolls ? 0 : -1;
    }
  }
});
find(LISTINGS).forEach((listing) => listings.observe(listing));

// The search shows text around a word that it has found, and would take the buttons above the text for text.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search !== "undefined") {
    Search.htmlToText = (page) => {
      const text = new DOMParser().parseFromString(page, "text/html").querySelector("article.bd-article");
      text?.querySelectorAll(".headerlink, script, style").forEach((element) => element.remove());
      return text?.textContent ?? "";
    };
  }
});

// Which code is unfolded: all, what teaches (as the page is written) or none. The browser remembers it.
const root = document.documentElement;
const choices = [...find(".code-switch li button")];
const showCode = (shown) => {
  root.dataset.code = shown;
  choices.forEach((choice) => choice.setAttribute("aria-pressed", choice.value === shown));
  for (const part of find("details.code")) {
    part.open = shown === "all" || (shown === "teaches" && part.matches(".teaches"));
  }
};
for (const choice of choices) {
  choice.addEventListener("click", () => {
    localStorage.setItem("code", choice.value);
    showCode(choice.value);
  });
}
if (choices.length) showCode(root.dataset.code);

// Paper shows what else is folded, such as solutions.
let opened = [];
addEventListener("beforeprint", () => {
  opened = [...find(".bd-article details:not(.code, [open])")];
  opened.forEach((part) => (part.open = true));
});
addEventListener("afterprint", () => opened.forEach((part) => (part.open = false)));

// What unfolds the sidebar is an icon. Its name is for screen readers.
for (const toggle of find(".bd-sidenav summary")) {
  toggle.setAttribute("aria-label", `Pages of ${toggle.closest("li").querySelector("a").textContent}`);
}

// Paper is light, whatever the screen is.
const paper = matchMedia("print");
let onScreen;
paper.addEventListener("change", () => {
  onScreen = paper.matches ? root.dataset.theme : onScreen;
  root.dataset.theme = paper.matches ? "light" : onScreen;
});
