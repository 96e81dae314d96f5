/** Recognises bodies that are forms; what reads them is loaded when the first one comes. */

export const formType = 'multipart/form-data';

/** True for a `Content-Type` header that announces a form. */
export function isForm(header: string | undefined): boolean {
  return header !== undefined && /^\s*multipart\/form-data\s*(?:;|$)/i.test(header);
}
