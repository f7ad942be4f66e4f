/** Asks the collector. Where it wants a token, a form does; this tab keeps it until it is closed. */

const KEY = 'netflow2traces token';

const form = document.getElementById('sign-in');
const field = document.getElementById('token');
const complaint = document.getElementById('sign-in-complaint');

export async function ask(path) {
  const token = sessionStorage.getItem(KEY);
  const response = await fetch(path, { headers: token === null ? {} : { authorization: `Bearer ${token}` } });
  // Another one may have been entered meanwhile.
  if (token === sessionStorage.getItem(KEY)) showForm(response.status === 401, token !== null);
  return response;
}

/** Whether a token is waited for. */
export function isSignedOut() {
  return !form.hidden && sessionStorage.getItem(KEY) === null;
}

function showForm(wanted, refused) {
  if (wanted) {
    sessionStorage.removeItem(KEY);
    complaint.textContent = refused ? 'The collector does not take this token.' : '';
  }
  if (form.hidden !== wanted) return;
  form.hidden = !wanted;
  document.body.classList.toggle('signed-out', wanted);
  if (wanted) field.focus();
}

/** `onToken` is called when one was entered. */
export function onSignIn(onToken) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    // What no header can hold is no token either.
    sessionStorage.setItem(KEY, encodeURI(field.value.trim()));
    field.value = '';
    onToken();
  });
}
