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

// What unfolds the sidebar is an icon. Its name is for screen readers.
for (const toggle of find(".bd-sidenav summary")) {
  toggle.setAttribute("aria-label", `Pages of ${toggle.closest("li").querySelector("a").textContent}`);
}

// Paper is light, whatever the screen is.
const paper = matchMedia("print");
let onScreen;
paper.addEventListener("change", () => {
  const root = document.documentElement;
  onScreen = paper.matches ? root.dataset.theme : onScreen;
  root.dataset.theme = paper.matches ? "light" : onScreen;
});
