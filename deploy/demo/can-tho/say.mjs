// What the loader says while it works, and how many calls it makes at a time.
export const WIDTH = 12;

export function say(vi, en) {
  console.log(`  ${vi}  /  ${en}`);
}
