// A listing that scrolls can be reached with the keyboard. Only those in view are asked: tools/pages.py says why.
const listings = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) {
      const scrolls = target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight;
      target.tabIndex = scrolls ? 0 : -1;
    }
  }
});
document.querySelectorAll("pre, .cell_output > .output, .pst-scrollable-table-container").forEach((listing) => listings.observe(listing));

// Paper is light, whatever the screen is.
const paper = matchMedia("print");
let onScreen;
paper.addEventListener("change", () => {
  const root = document.documentElement;
  onScreen = paper.matches ? root.dataset.theme : onScreen;
  root.dataset.theme = paper.matches ? "light" : onScreen;
});
