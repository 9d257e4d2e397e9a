import { expect, test } from "./fixtures.ts";
test("debug", async ({ chat }) => {
	chat.page.on("console", (m) => console.log("CONSOLE", m.type(), m.text().slice(0, 600)));
	chat.page.on("pageerror", (e) => console.log("PAGEERROR", e.stack?.slice(0, 1500)));
	await chat.send("Explain the quadratic formula with its derivation.");
	await chat.page.waitForTimeout(5000);
	console.log(await chat.answers.last().evaluate((e) => e.outerHTML.slice(0, 3000)));
	await chat.page.screenshot({ path: "/tmp/e2e-debug/math.png" });
	await chat.reload();
	await chat.page.waitForTimeout(3000);
	console.log(await chat.answers.last().evaluate((e) => e.outerHTML.slice(0, 1500)));
});
