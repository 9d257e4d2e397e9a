import { setTimeout as sleep } from "node:timers/promises";
import type { Person } from "../../../bench/sign-in.ts";
import type { TurnIds } from "../../../server/contract/turn.ts";
import { mutate } from "../kit/clients/api-calls.ts";
import { createReading, type ReadInput, readTurn } from "../kit/clients/turn-reader.ts";
import type { Random } from "../kit/random.ts";
import type { Instance } from "../kit/stage/instances.ts";
import type { History, Reader, ReaderKind, Send } from "./history.ts";
import { post, postUntilAnswered } from "./post-message.ts";

/** Milliseconds between two tokens of an answer, and how many it has: an answer lasts 3 to 9 seconds. */
const gapMs = 40;
const [tokensMin, tokensMax] = [75, 220];
const turnsPerThreadMax = 3;

/** Where people meet the servers. */
export interface Field {
	readonly frontUrl: string;
	readonly instances: readonly Instance[];
	readonly history: History;
	/** False when nobody begins anything any more. */
	isOpen(): boolean;
	/** How likely a reader is to leave and come back, or to leave for good. */
	readonly restlessness: number;
}

/** One person: message after message, each answer read to its end, until the field closes. */
export async function live(person: Person, field: Field, random: Random): Promise<void> {
	await sleep(random.between(0, 2_000));
	let threadId: string | undefined;
	let turns = 0;
	while (field.isOpen()) {
		const send = begin(field.history, random);
		await deliver(send, { person, field, random, threadId });
		if (send.ids) await follow(send.ids, toOwner(send), { person, field, random });
		turns += 1;
		const goesOn = send.ids && turns < turnsPerThreadMax && random.chance(0.6);
		if (!goesOn) turns = 0;
		threadId = goesOn ? send.ids?.threadId : undefined;
		await sleep(random.between(0, 500));
	}
}

interface Scene {
	readonly person: Person;
	readonly field: Field;
	readonly random: Random;
}

/** A message whose answer is its own words, so that a lost, repeated or foreign character cannot hide. */
function begin({ sends }: History, random: Random): Send {
	const clientMessageId = crypto.randomUUID();
	const count = random.between(tokensMin, tokensMax);
	// Signs of several code points show when one of them is cut.
	const words = Array.from({ length: count }, (_, index) =>
		index % 12 === 11 ? "👩‍👩‍👧é" : `w${index + 1}`,
	);
	const answer = `${clientMessageId} ${words.join(" ")}`;
	const text = `${answer} [[sim text=echo,ttft=${random.between(50, 400)},itl=${gapMs}]]`;
	const send: Send = {
		clientMessageId,
		text,
		answer,
		startedAtMs: Date.now(),
		replies: [],
		ids: null,
		acknowledgedAtMs: null,
	};
	sends.push(send);
	return send;
}

/** Sends it as a browser does; sometimes twice at once, the second time to another instance. */
async function deliver(send: Send, scene: Scene & { threadId: string | undefined }): Promise<void> {
	const { person, field, random, threadId } = scene;
	const to = { url: field.frontUrl, via: null, headers: person.headers, threadId };
	const twin = random.chance(0.15) ? chooseDirect(field, random, null) : null;
	await Promise.all([
		postUntilAnswered(send, to),
		...(twin ? [post(send, { ...to, url: twin.url, via: twin.index })] : []),
	]);
}

/** The instance that accepted the message; null when a lost reply or a twin leaves it open which one that was. */
const toOwner = ({ replies }: Send) => (replies.length === 1 ? (replies[0]?.via ?? null) : null);

/** The main reader stays to the end; meanwhile others look in, and one may stop it. */
async function follow({ turnId }: TurnIds, owner: number | null, scene: Scene): Promise<void> {
	const { field, random } = scene;
	const { history, restlessness } = field;
	history.live.set(turnId, owner);
	const front = () => ({ url: field.frontUrl, via: null });
	const direct = (instance: Instance | null) => (instance ? () => chosen(instance, field) : front);
	const stopAfter = random.chance(0.12) ? random.between(2, 60) : null;
	let stopping: Promise<void> | null = null;
	const main = open(scene, turnId, "main", {
		toUrl: front,
		...(random.chance(restlessness) ? { leave: toLeave(random, random.between(0, 3_000)) } : {}),
		onEvent(count) {
			if (count === stopAfter) stopping = stop(turnId, owner, scene);
		},
	});
	const others: Promise<void>[] = [];
	if (random.chance(0.2)) {
		const other = chooseDirect(field, random, owner);
		const kept = owner === null ? null : (field.instances[owner] ?? null);
		if (other && kept?.state === "up")
			others.push(
				open(scene, turnId, "beside-owner", { toUrl: direct(kept) }),
				open(scene, turnId, "beside-other", { toUrl: direct(other) }),
			);
	}
	if (random.chance(0.1)) {
		const leave = random.chance(0.5) ? { leave: toLeave(random, random.between(0, 1_000)) } : {};
		others.push(
			open(scene, turnId, "second", { toUrl: direct(chooseDirect(field, random, null)), ...leave }),
		);
	}
	if (random.chance(restlessness))
		others.push(open(scene, turnId, "passing", { toUrl: front, leave: toLeave(random, null) }));
	await main;
	history.live.delete(turnId);
	await Promise.all([...others, stopping]);
	if (random.chance(0.1)) await open(scene, turnId, "late", { toUrl: front });
}

const toLeave = (random: Random, absentMs: number | null) => ({
	afterEvents: random.between(1, 80),
	absentMs,
});

function open({ person, field }: Scene, turnId: string, kind: ReaderKind, input: Omit<ReadInput, "headers">) {
	const reader: Reader = { kind, ...createReading(turnId) };
	field.history.readers.push(reader);
	return readTurn(reader, { ...input, headers: person.headers });
}

/** An instance that is up, other than the one given, past the front. */
function chooseDirect({ instances }: Field, random: Random, other: number | null): Instance | null {
	const up = instances.filter(({ state, index }) => state === "up" && index !== other);
	return up.length > 0 ? random.pick(up) : null;
}

/** The instance while it is up, else whoever the front finds. */
const chosen = ({ state, url, index }: Instance, { frontUrl }: Field) =>
	state === "up" ? { url, via: index } : { url: frontUrl, via: null };

/** Stops a turn from an instance that does not run it. */
async function stop(turnId: string, owner: number | null, { person, field, random }: Scene): Promise<void> {
	const instance = chooseDirect(field, random, owner);
	const calledAtMs = Date.now();
	const call = { path: "chat.stop", input: { turnId }, headers: person.headers };
	const { data, code, via } = await mutate(instance?.url ?? field.frontUrl, call);
	const outcome =
		code ?? (typeof data === "object" && data && "status" in data ? String(data.status) : "malformed");
	field.history.stops.push({
		turnId,
		owner,
		via: instance?.index ?? via,
		calledAtMs,
		answeredAtMs: Date.now(),
		outcome,
	});
}
