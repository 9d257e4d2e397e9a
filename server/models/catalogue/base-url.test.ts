import { expect, it } from "vitest";
import { toBaseUrl, toUrl } from "./base-url.ts";

it.each([
	["http://a.test/v1", "http://a.test/v1"],
	["http://a.test/v1/", "http://a.test/v1"],
	["http://a.test/v1//", "http://a.test/v1"],
	["http://a.test", "http://a.test"],
	["http://a.test/", "http://a.test"],
	["http://a.test/v1/chat/completions", "http://a.test/v1"],
	["http://a.test/v1/chat/completions/", "http://a.test/v1"],
	["http://a.test/v1/models", "http://a.test/v1"],
	["http://a.test/chat/completions", "http://a.test"],
	["http://a.test/openai/deployments/x?api-version=2", "http://a.test/openai/deployments/x?api-version=2"],
	["http://a.test/x/chat/completions?api-version=2", "http://a.test/x?api-version=2"],
	["http://[::1]:8000/v1#top", "http://[::1]:8000/v1"],
])("the base of %s is %s", (address, base) => expect(toBaseUrl(address, "openai-compatible")).toBe(base));

it.each([
	["anthropic", "https://a.test", "https://a.test/v1"],
	["anthropic", "https://a.test/v1/messages", "https://a.test/v1"],
	["google", "https://a.test/", "https://a.test/v1beta"],
	["google", "https://a.test/v1beta/models/m:streamGenerateContent?key=k", "https://a.test/v1beta?key=k"],
])("the base of %s at %s is %s", (kind, address, base) => expect(toBaseUrl(address, kind)).toBe(base));

it.each([
	["http://a.test/v1", "/models", "http://a.test/v1/models"],
	["http://a.test", "/models", "http://a.test/models"],
	["http://a.test/v1?api-version=2", "/chat/completions", "http://a.test/v1/chat/completions?api-version=2"],
	["http://a.test/v1?k=1", "/models/m:x?alt=sse", "http://a.test/v1/models/m:x?k=1&alt=sse"],
	["http://a.test/v1", "/models/a%3Fb:x", "http://a.test/v1/models/a%3Fb:x"],
])("behind %s, %s is %s", (base, path, url) => expect(toUrl(base, path)).toBe(url));
