// upload:index.ts
var index_default = {
  async fetch(request, env, context) {
    const url = new URL(request.url);
    if (url.pathname === "/missing") return new Response(null, { status: 404 });
    const body = await request.json();
    return Response.json(
      { query: Object.fromEntries(url.searchParams), body, greeting: env.GREETING, id: context.invocationId },
      { status: 201, headers: { "x-kind": request.headers.get("x-kind") ?? "" } }
    );
  }
};
export {
  index_default as default
};
