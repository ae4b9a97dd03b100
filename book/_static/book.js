// The theme asks each listing of the page whether it scrolls, for which the browser lays out all of a long page before it
// shows the first screen. It finds none here; those that are laid out are asked below.
const LISTINGS = "pre, .cell_output > .output, .pst-scrollable-table-container";
const find = document.querySelectorAll.bind(document);
document.querySelectorAll = (selector) => find(selector.startsWith("pre, ") ? "no-listing" : selector);

// A listing, a table or a formula that scrolls can be reached with the keyboard, also after a zoom has made it scroll.
const wide = new ResizeObserver((entries) => {
  const parts = entries.map(({ target }) => target);
  const scroll = parts.map((part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight);
  parts.forEach((part, number) => (scroll[number] ? (part.tabIndex = 0) : part.removeAttribute("tabindex")));
});
const watch = () => {
  wide.disconnect();
  find(`${LISTINGS}, .katex-display`).forEach((part) => wide.observe(part));
};
watch();
document.fonts.addEventListener("loadingdone", watch); // letters have other widths then

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
  if (!link.matches(":hover") && link !== document.activeElement) return; // when those of a page arrive late
  hidePreview();
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
  if (!content) return;
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

// A figure that can be moved takes the place of its picture when it comes near (book_extension/explorables.py).
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const script = document.createElement("script");
      script.src = new URL(`_static/${target.dataset.explorable}.js`, home);
      document.head.append(script);
    }
  },
  { rootMargin: "100%" },
);
find("[data-explorable]").forEach((place) => near.observe(place));

// Which answer of a self-test was unfolded last is remembered (book_extension/self_tests.py).
for (const answer of find("details.answer-of-test")) {
  answer.open = localStorage.getItem(answer.name) === answer.dataset.letter;
  answer.addEventListener("toggle", () => answer.open && localStorage.setItem(answer.name, answer.dataset.letter));
}

// Paper shows what else is folded, such as solutions, and is light, whatever the screen is.
let onScreen;
addEventListener("beforeprint", () => {
  onScreen = { theme: root.dataset.theme, folded: [...find(".bd-article details:not(.code, .answer-of-test, [open])")] };
  root.dataset.theme = "light";
  onScreen.folded.forEach((part) => (part.open = true));
});
addEventListener("afterprint", () => {
  root.dataset.theme = onScreen.theme;
  onScreen.folded.forEach((part) => (part.open = false));
});

// On a phone the page's contents cover its text, until the reader has chosen a place in it.
document.addEventListener("click", ({ target }) => target.closest?.("dialog a[href^='#']")?.closest("dialog").close());

// What unfolds the sidebar is an icon. Its name is for screen readers.
for (const toggle of find(".bd-sidenav summary")) {
  toggle.setAttribute("aria-label", `Pages of ${toggle.closest("li").querySelector("a").textContent}`);
}
