// upload:index.ts
var index_default = async ({ text }) => {
  const url = new URL("../b?x=1#h", "https://example.com/a/c");
  url.searchParams.append("y", text);
  const bytes = new TextEncoder().encode(text);
  const random = crypto.getRandomValues(new Uint8Array(16));
  const headers = new Headers([["A", "1"], ["a", "2"]]);
  const copy = structuredClone({ when: /* @__PURE__ */ new Date(0), map: /* @__PURE__ */ new Map([["k", /* @__PURE__ */ new Set([1])]]), bytes });
  const response = new Response(bytes, { status: 202 });
  console.log("text", { text });
  return {
    href: url.href,
    random: [random.length, random.some((byte) => byte > 0)],
    uuid: /^[\da-f]{8}-[\da-f]{4}-4/.test(crypto.randomUUID()),
    headers: [...headers],
    copy: [copy.when.toISOString(), [...copy.map.get("k") ?? []], copy.bytes !== bytes && copy.bytes.length],
    response: [response.status, response.ok, await response.text()],
    base64: btoa("inlay") + atob("IQ=="),
    aborted: AbortSignal.abort().aborted,
    query: new URLSearchParams({ q: "a b" }).toString()
  };
};
export {
  index_default as default
};
