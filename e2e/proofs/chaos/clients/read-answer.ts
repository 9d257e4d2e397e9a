import type { TurnIds } from "../../../../server/contract/turn.ts";
import { mutate } from "../../kit/clients/api-calls.ts";
import { createReading, type ReadInput, readTurn } from "../../kit/clients/turn-reader.ts";
import type { Random } from "../../kit/random.ts";
import type { Instance } from "../../kit/stage/instances.ts";
import { type ClientField, chooseInstance, type Scene } from "./client-field.ts";
import type { ClientRequest, History, Reader, ReaderKind } from "./history.ts";

/** The main reader stays to the end; meanwhile others may join, and the person may stop the answer. Returns the main reader. */
export async function readAnswer(request: ClientRequest, { turnId }: TurnIds, scene: Scene): Promise<Reader> {
	const { field, random } = scene;
	const { history, restlessness } = field;
	const owner = toOwner(request);
	history.live.set(turnId, owner);
	const stopAfter = toStopAfter(scene);
	let stopping: Promise<void> | null = null;
	const main = open(scene, turnId, "main", {
		toUrl: () => ({ url: field.balancerUrl, via: null }),
		...(random.chance(restlessness) ? { leave: toLeave(random, random.between(0, 3_000)) } : {}),
		onEvent(count) {
			if (count === stopAfter) stopping = stop(turnId, owner, scene);
		},
	});
	const others = openOthers(turnId, owner, scene);
	const reader = await main;
	history.live.delete(turnId);
	await Promise.all([...others, stopping]);
	if (random.chance(0.1))
		await open(scene, turnId, "late", { toUrl: () => ({ url: field.balancerUrl, via: null }) });
	return reader;
}

/** After how many events the person stops the answer; null for one who lets it end. */
function toStopAfter({ random, stopsEarly }: Scene): number | null {
	if (stopsEarly) return random.between(8, 30);
	return random.chance(0.12) ? random.between(2, 60) : null;
}

/** The instance that accepted the request; null when a lost reply or a second post leaves it open which one that was. */
const toOwner = ({ kind, replies }: ClientRequest) =>
	replies.length === 1 && kind !== "complete" ? (replies[0]?.via ?? null) : null;

function openOthers(turnId: string, owner: number | null, scene: Scene): Promise<Reader>[] {
	const { field, random } = scene;
	const balanced = () => ({ url: field.balancerUrl, via: null });
	const direct = (instance: Instance | null) => (instance ? () => toAddress(instance, field) : balanced);
	const others: Promise<Reader>[] = [];
	if (random.chance(0.2)) {
		const other = chooseInstance(field, random, owner);
		const kept = owner === null ? null : (field.instances[owner] ?? null);
		if (other && kept?.state === "up")
			others.push(
				open(scene, turnId, "beside-owner", { toUrl: direct(kept) }),
				open(scene, turnId, "beside-other", { toUrl: direct(other) }),
			);
	}
	if (random.chance(0.1)) {
		const leave = random.chance(0.5) ? { leave: toLeave(random, random.between(0, 1_000)) } : {};
		const toUrl = direct(chooseInstance(field, random, null));
		others.push(open(scene, turnId, "second", { toUrl, ...leave }));
	}
	if (random.chance(field.restlessness))
		others.push(open(scene, turnId, "passing", { toUrl: balanced, leave: toLeave(random, null) }));
	return others;
}

const toLeave = (random: Random, absentMs: number | null) => ({
	afterEvents: random.between(1, 80),
	absentMs,
});

async function open(
	{ person, field }: Scene,
	turnId: string,
	kind: ReaderKind,
	input: Omit<ReadInput, "headers">,
): Promise<Reader> {
	return await openReader(field.history, { kind, turnId }, { ...input, headers: person.headers });
}

/** Reads a turn and keeps what was shown in the history. */
export async function openReader(
	{ readers }: History,
	{ kind, turnId }: Pick<Reader, "kind" | "turnId">,
	input: ReadInput,
): Promise<Reader> {
	const reader: Reader = { kind, ...createReading(turnId) };
	readers.push(reader);
	await readTurn(reader, input);
	return reader;
}

/** The instance while it is up, else the load balancer. */
const toAddress = ({ state, url, index }: Instance, { balancerUrl }: ClientField) =>
	state === "up" ? { url, via: index } : { url: balancerUrl, via: null };

/** Stops a turn from an instance that does not run it. */
async function stop(turnId: string, owner: number | null, { person, field, random }: Scene): Promise<void> {
	const instance = chooseInstance(field, random, owner);
	const calledAtMs = Date.now();
	const call = { path: "chat.stop", input: { turnId }, headers: person.headers };
	const { data, code, via } = await mutate(instance?.url ?? field.balancerUrl, call);
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
