import { expect, test } from "./fixtures.ts";
import { ChatPage } from "./pages/chat.ts";
import { Sidebar } from "./pages/sidebar.ts";
import { SignInPage } from "./pages/sign-in.ts";
import { createApi } from "./support/api.ts";
import { startParley } from "./support/parley.ts";

const password = "a quiet evening by the sea";

/** These start without an account of their own. */
test.use({ storageState: { cookies: [], origins: [] } });

test("the link that the first start printed makes the first administrator, once", async ({
	upstream,
	openBrowser,
}) => {
	const fresh = await startParley({ upstreamUrl: upstream.url });
	try {
		const link = await fresh.setupLink();
		const options = { baseURL: fresh.url };
		const page = await openBrowser(null, options);
		const signIn = new SignInPage(page);
		await signIn.open("/");
		await expect(signIn.note("Parley has no administrator yet.")).toBeVisible();
		await signIn.open(link);
		await signIn.fill({ email: "first@example.com", password });
		await signIn.submit("Create account");
		await expect(new ChatPage(page).field).toBeFocused();
		const me = await createApi(page.context().request, fresh.url).query("account.me", {});
		expect(me).toMatchObject({ email: "first@example.com", role: "admin" });

		const stranger = await openBrowser(null, options);
		await new SignInPage(stranger).open(link);
		await expect(stranger.getByRole("heading", { name: "Parley is already set up." })).toBeVisible();
		await expect(stranger.getByRole("button", { name: "Create account" })).toBeHidden();
		await stranger.context().close();
		await page.context().close();
	} finally {
		await fresh.dispose();
	}
});

test("a wrong password is refused with words and leaves the e-mail in place; the right one opens the chats", async ({
	page,
	people,
}) => {
	const person = await people.join();
	const signIn = new SignInPage(page);
	await signIn.open();
	await expect(signIn.email).toBeFocused();
	await signIn.signIn({ ...person, password: "not this one, surely" });
	await expect(signIn.refusal).toHaveText("Wrong email or password.");
	await expect(signIn.email).toHaveValue(person.email);
	await signIn.password.fill(person.password);
	await signIn.submit("Sign in");
	await expect(new ChatPage(page).field).toBeVisible();
});

test("a page that needs a session asks for it and comes back afterwards", async ({ page, people }) => {
	const person = await people.join();
	const signIn = new SignInPage(page);
	await signIn.open("/settings");
	await expect(page).toHaveURL(/\/sign-in\?callbackUrl=/);
	await signIn.fill(person);
	await signIn.submit("Sign in");
	await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
});

test("after signing out the chats are closed, also to the Back button", async ({
	parley,
	people,
	openBrowser,
}) => {
	const page = await openBrowser(await people.join());
	const chat = new ChatPage(page);
	await chat.open();
	await new Sidebar(page).openAccountMenu();
	await page.getByRole("menuitem", { name: "Sign out" }).click();
	await expect(page.getByRole("heading", { name: "Sign in to Parley" })).toBeVisible();
	await page.goBack();
	await expect(page.getByRole("heading", { name: "Sign in to Parley" })).toBeVisible();
	const response = await page.request.get(`${parley.url}/api/trpc/threads.list?input=%7B%7D`);
	expect(response.status()).toBe(401);
});

test("an account is deleted from the settings, with its password, and is gone", async ({
	people,
	openBrowser,
}) => {
	const person = await people.join();
	const page = await openBrowser(person);
	const signIn = new SignInPage(page);
	await signIn.open("/settings");
	await page.getByRole("button", { name: "Delete my account" }).click();
	const question = page.getByRole("dialog", { name: "Delete your account?" });
	const confirm = question.getByRole("button", { name: "Delete account" });
	await question.getByLabel("Your password").fill("not this one, surely");
	await confirm.click();
	await expect(question.getByRole("alert")).toHaveText("Wrong password.");
	await question.getByLabel("Your password").fill(person.password);
	await confirm.click();
	await expect(page.getByRole("heading", { name: "Sign in to Parley" })).toBeVisible();
	await signIn.signIn(person);
	await expect(signIn.refusal).toHaveText("Wrong email or password.");
});

test("a forgotten password is replaced through an administrator's link, which works once", async ({
	page,
	people,
}) => {
	const person = await people.join();
	const link = await people.resetLink(person.email);
	const signIn = new SignInPage(page);
	await signIn.open();
	await page.getByRole("link", { name: "Forgot password?" }).click();
	await expect(signIn.note("Ask an administrator for a link")).toBeVisible();
	await signIn.open(link);
	await signIn.newPassword.fill("another evening by the lake");
	await signIn.submit("Set password");
	await expect(new ChatPage(page).field).toBeVisible();
	const notice = page.getByRole("alert").filter({ hasText: "an administrator made a link" });
	await expect(notice).toBeVisible();
	await page.reload();
	await notice.getByRole("button", { name: "Got it" }).click();
	await expect(notice).toBeHidden();
	await expect
		.poll(async () => {
			await page.reload();
			return await notice.count();
		})
		.toBe(0);

	// A page that is open notices that its person is gone, and would leave while the next one is opened.
	await page.goto("about:blank");
	await page.context().clearCookies();
	await signIn.open(link);
	await expect(signIn.note("This link has expired or was already used.")).toBeVisible();
	await signIn.signIn(person);
	await expect(signIn.refusal).toHaveText("Wrong email or password.");
	await signIn.fill({ email: person.email, password: "another evening by the lake" });
	await signIn.submit("Sign in");
	await expect(new ChatPage(page).field).toBeVisible();
});

test("sign-up is refused with words without an invitation, and an invitation makes one account", async ({
	page,
	people,
	openBrowser,
}) => {
	const signIn = new SignInPage(page);
	await signIn.open("/sign-up");
	await expect(signIn.note("Sign-up is by invitation.")).toBeVisible();
	const link = await people.invite();
	await signIn.open(link);
	await signIn.fill({ email: "invited@example.com", password: "short" });
	await signIn.submit("Create account");
	await expect(signIn.password).toBeFocused();
	await signIn.password.fill(password);
	await signIn.submit("Create account");
	await expect(new ChatPage(page).field).toBeVisible();

	const second = new SignInPage(await openBrowser(null));
	await second.open(link);
	await expect(second.note("This invitation has expired or was already used.")).toBeVisible();
});
