/** The page that asks for a token and, once it has one, shows what the operator answers to it. */
import { html } from './html.ts';

/** It runs its own script, which reads from where it came, and nothing else. */
export const SIGN_IN_POLICY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

export const SIGN_IN = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<title>Collectors</title>
<script src="collectors.js" defer></script>
<h1>Collectors</h1>
<form>
<label>Token of this page <input type="password" autocomplete="off" required></label>
<button>Show</button>
</form>
<p role="alert"></p>
`.html;

/** The token stays in this tab, and goes in a header alone. */
export const SIGN_IN_SCRIPT = `const KEY = 'netflow2traces token';
const [form, field, alert] = ['form', 'input', '[role=alert]'].map((selector) => document.querySelector(selector));

async function show() {
  const token = sessionStorage.getItem(KEY);
  if (token === null) return;
  const response = await fetch('collectors', { headers: { authorization: 'Bearer ' + token, accept: 'text/html' } });
  const text = await response.text();
  if (response.ok) {
    const page = new DOMParser().parseFromString(text, 'text/html');
    document.documentElement.replaceWith(document.adoptNode(page.documentElement));
    return;
  }
  if (response.status === 401) sessionStorage.removeItem(KEY);
  alert.textContent = response.status === 401 ? 'The operator does not take this token.' : text;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  // What no header can hold is no token either.
  sessionStorage.setItem(KEY, encodeURI(field.value.trim()));
  show();
});
show();
`;
