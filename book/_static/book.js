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

// A link to a term, an equation, a figure or a reference shows it beside itself (book_extension/previews.py), when it is
// pointed at, has the focus, or is tapped once. Escape or a click elsewhere takes it away. To a screen reader the link is
// a link as before.
const home = new URL(root.dataset.content_root ?? "./", location.href);
const previews = {}; // of each page, by anchor
const waiting = {}; // what to do when those of a page have arrived
let shown; // the one that is on the screen

function showPreviews(page, parts) {
  previews[page] = parts;
  waiting[page].forEach((show) => show());
}

const hidePreview = () => {
  shown?.dispose();
  shown = undefined;
};

const showPreview = (link) => {
  const address = new URL(link.href);
  const page = address.pathname.slice(home.pathname.length).replace(/\.html$/, "");
  if (!previews[page]) {
    if (waiting[page]) return waiting[page].push(() => showPreview(link));
    waiting[page] = [() => showPreview(link)];
    const script = document.createElement("script");
    script.src = new URL(`_static/previews/${page}.js`, home);
    return document.head.append(script);
  }
  const content = previews[page][decodeURIComponent(address.hash.slice(1))];
  if (!content || (!link.matches(":hover") && link !== document.activeElement)) return;
  hidePreview();
  const part = document.createElement("div");
  part.innerHTML = content;
  part.querySelectorAll("img").forEach((image) => (image.src = new URL(image.getAttribute("src"), home)));
  shown = new bootstrap.Popover(link, {
    content: part,
    template: '<div class="popover preview" aria-hidden="true"><div class="popover-body"></div></div>',
    placement: "auto",
    trigger: "manual",
    animation: false,
    html: true,
    sanitize: false, // it is our own
  });
  shown.show();
  link.removeAttribute("aria-describedby");
};

let pointed; // a pointer that only passes by means nothing
let touched; // the link that was tapped
document.addEventListener("pointerover", ({ target, pointerType }) => {
  const link = target.closest?.('.bd-article a.internal[href*="#"]');
  clearTimeout(pointed);
  if (pointerType === "touch" || target.closest?.(".preview")) return;
  pointed = setTimeout(() => {
    if (link) showPreview(link);
    else if (!document.activeElement.matches("a:focus-visible")) hidePreview();
  }, 200);
});
document.addEventListener("focusin", ({ target }) => {
  if (target.matches('.bd-article a.internal[href*="#"]:focus-visible')) showPreview(target);
});
document.addEventListener("focusout", hidePreview);
document.addEventListener("keydown", ({ key }) => key === "Escape" && hidePreview());
document.addEventListener("click", (event) => {
  const link = event.target.closest?.('.bd-article a.internal[href*="#"]');
  if (event.pointerType === "touch" && link && link !== touched) {
    event.preventDefault();
    touched = link;
    link.focus();
    showPreview(link);
  } else if (!event.target.closest?.(".preview")) hidePreview();
});

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
