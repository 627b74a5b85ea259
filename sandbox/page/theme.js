// Light or dark: as the device has it, or as chosen here.

const CHOICE = "lookout.theme";

export const THEMES = ["auto", "light", "dark"];

export const currentTheme = () => localStorage.getItem(CHOICE) ?? "auto";

export function chooseTheme(theme) {
  localStorage.setItem(CHOICE, theme);
  showTheme();
}

export function showTheme() {
  document.documentElement.dataset.theme = currentTheme();
}
