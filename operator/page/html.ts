/** A piece of HTML. What is put into it from elsewhere is escaped. */
export type Html = { readonly html: string };

/** HTML as a template literal: text is escaped, HTML and lists of it are put in as they are. */
export function html(texts: TemplateStringsArray, ...values: (string | number | Html | readonly Html[])[]): Html {
  return { html: texts.reduce((all, text, index) => all + markupOf(values[index - 1]) + text) };
}

function markupOf(value: string | number | Html | readonly Html[]): string {
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return 'html' in value ? value.html : value.map((piece) => piece.html).join('');
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
