// Loads the module: `const call = await load(bytes)`, then `call({ call: "password_key", … })` gives the answer's object or throws.
export async function load(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, {});
  const { push, run, pull, clear } = instance.exports;
  return (asked) => {
    try {
      for (const byte of new TextEncoder().encode(JSON.stringify(asked))) if (push(byte) === 0) throw new Error("the call is too long");
      const answer = new Uint8Array(run());
      for (let index = 0; index < answer.length; index++) answer[index] = pull(index);
      const said = JSON.parse(new TextDecoder().decode(answer));
      answer.fill(0);
      if (said.error !== undefined) throw Object.assign(new Error(said.error), { bad: said.bad ?? [] });
      return said;
    } finally {
      clear();
    }
  };
}
