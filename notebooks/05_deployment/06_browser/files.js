// Where the page's files come from: the folder beside it, or, in the single-file page, the page itself. Each is checked against
// the SHA-256 that was written down when the page was built.

const embedded = (name) => document.getElementById(`file:${name}`);

let list;

/** The list of models and runtimes that the page was built with, and the hash of each of their files. */
export async function manifest() {
  const inside = embedded("models.json");
  list ??= inside ? JSON.parse(inside.textContent) : await (await answer("models.json")).json();
  return list;
}

/** A file's bytes as an ArrayBuffer. Throws an Error whose message a visitor can read. */
export async function bytes(name, sha256) {
  const data = embedded(name) ? await unpack(embedded(name).textContent) : await (await answer(name)).arrayBuffer();
  if (sha256 && (await digest(data)) !== sha256) {
    throw new Error(`The file ${name} is damaged or not the one this page was built with (wrong SHA-256). Build the page again.`);
  }
  return data;
}

/** A runtime's JavaScript module, its bytes checked before any of them runs. */
export async function module(name, sha256) {
  const code = await bytes(name, sha256);
  if (!embedded(name)) return checked(name, sha256);
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Imports a module of the page's server. The browser asks for it once more, and may be given something else than before: so it is
 * told the hash. `import` then takes the module that the element has loaded. */
async function checked(name, sha256) {
  const address = new URL(name, document.baseURI).href;
  const hash = btoa(String.fromCharCode(...sha256.match(/../g).map((pair) => parseInt(pair, 16))));
  const script = Object.assign(document.createElement("script"), { type: "module", src: address, integrity: `sha256-${hash}` });
  try {
    await new Promise((done, failed) => {
      Object.assign(script, { onload: done, onerror: failed });
      document.head.append(script);
    });
  } catch {
    throw new Error(`The file ${name} changed while the page was loading it. Load the page again.`);
  }
  return import(address);
}

async function answer(name) {
  let response;
  try {
    response = await fetch(name);
  } catch {
    throw new Error(`The file ${name} cannot be reached: is the page's server still running?`);
  }
  if (!response.ok) throw new Error(`The file ${name} is missing (HTTP ${response.status}). Build the page again.`);
  return response;
}

/** Embedded files are compressed with gzip and written in base64. */
async function unpack(text) {
  const packed = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function digest(data) {
  if (!globalThis.crypto?.subtle) {
    throw new Error("Files can be checked on https, on localhost and in a local file only: open the page there.");
  }
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
