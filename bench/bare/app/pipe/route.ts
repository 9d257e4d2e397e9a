/** What every Next app can do at best: ask the provider and hand its bytes on, untouched. There is no sign-in, and nothing is kept. */
export async function POST(request: Request): Promise<Response> {
	const { model, text } = await request.json();
	const upstream = await fetch(`${process.env.OPENAI_BASE_URL}/chat/completions`, {
		method: "POST",
		headers: { "content-type": "application/json", authorization: "Bearer none" },
		body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content: text }] }),
		signal: request.signal,
	});
	const headers = { "content-type": "text/event-stream", "cache-control": "no-cache, no-transform" };
	return new Response(upstream.body, { status: upstream.status, headers });
}
