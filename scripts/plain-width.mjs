/** Stands in for `string-width` in the bundle: columns of a text without wide characters. */
export default function plainWidth(text) {
  // eslint-disable-next-line no-control-regex -- colours take no room
  return text.replace(/\x1b\[[0-9;]*m/g, "").length;
}
