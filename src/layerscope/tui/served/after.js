// The terminal measures its letters once, when it opens: the font has to be there by then.
const open_terminal = window.onload;
const focus_what_is_shown = () => {
  const closed = document.body.classList.contains("-closed");
  document.querySelector(closed ? "#again" : ".xterm-helper-textarea").focus();
};
window.onload = async (event) => {
  const faces = ["16px", "bold 16px", "italic 16px"].map((face) => document.fonts.load(`${face} "Roboto Mono"`));
  await Promise.allSettled(faces);
  try {
    open_terminal(event);
    new MutationObserver(focus_what_is_shown).observe(document.body, { attributeFilter: ["class"] });
  } catch (error) {
    document.getElementById("opening").textContent = `This browser cannot show a terminal: ${error.message}`;
    throw error;
  }
};
