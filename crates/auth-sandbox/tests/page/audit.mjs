// What a person with a screen reader or weak eyes needs.

const ROLES = ['button', 'link', 'textbox', 'spinbutton', 'combobox', 'checkbox', 'DisclosureTriangle'];

/** Returns the controls of an accessibility tree without a name, and the names that two buttons have. */
export function controls(nodes) {
  const found = nodes.filter(({ ignored, role }) => !ignored && ROLES.includes(role?.value));
  const names = found.map(({ role, name }) => `${role.value} ${name?.value?.trim() ?? ''}`);
  const buttons = names.filter((name) => name.startsWith('button '));
  const twice = buttons.filter((name, index) => buttons.indexOf(name) !== index);
  if (found.length < 20) return [`only ${found.length} controls`];
  return [...names.filter((name) => name.endsWith(' ')), ...twice];
}

/** Returns the visible texts whose contrast is below 4.5, as WCAG counts it. Runs in the page. */
export function contrasts() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const light = (color) => {
    const [red, green, blue] = channels(color).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const seen = [...document.body.querySelectorAll('*')]
    .filter((element) => element.checkVisibility() && !element.matches(':disabled, option, script, .skip'))
    .filter((element) => hasText(element) || element.matches('input, select, textarea'));
  if (seen.length < 50) return [`only ${seen.length} texts`];
  return seen.flatMap((element) => {
    const [a, b] = [light(getComputedStyle(element).color), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    return ratio < 4.5 ? [`${element.tagName} ${element.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`] : [];
  });
}
