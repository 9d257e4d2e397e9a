import { useEffect, useState } from "react";
import { flushSync } from "react-dom";

/**
 * Draws much in slices: what comes first is drawn at once, the rest a part per frame, so that no task gets long however
 * much an answer holds. The end of an answer comes first, because that is where a thread opens.
 */
const nodesAtOnce = 500;
const nodesPerFrame = { least: 250, first: 400, most: 1_500 };
/** A frame that took longer was too full; a shorter one has room for more. */
const fullFrameMs = 40;
const emptyFrameMs = 20;

interface Waiting {
	readonly weight: number;
	draw(): void;
}

const waiting: Waiting[] = [];
let leftAtOnce = nodesAtOnce;
let perFrame = nodesPerFrame.first;
let isScheduled = false;
let startedAtMs = 0;

function schedule(): void {
	if (isScheduled) return;
	isScheduled = true;
	requestAnimationFrame(run);
}

function run(nowMs: number): void {
	isScheduled = false;
	if (startedAtMs > 0) {
		const tookMs = nowMs - startedAtMs;
		if (tookMs > fullFrameMs) perFrame = Math.max(nodesPerFrame.least, perFrame / 2);
		else if (tookMs < emptyFrameMs) perFrame = Math.min(nodesPerFrame.most, perFrame * 1.25);
	}
	startedAtMs = 0;
	leftAtOnce = nodesAtOnce;
	// In this frame: what two frames asked for, drawn in one, would be twice as much.
	flushSync(() => {
		let left = perFrame;
		while (left > 0 && waiting.length > 0) {
			const next = waiting.pop();
			left -= next?.weight ?? 0;
			next?.draw();
		}
	});
	if (waiting.length === 0) return;
	startedAtMs = nowMs;
	schedule();
}

function takeAtOnce(weight: number): boolean {
	schedule();
	if (waiting.length > 0 || leftAtOnce <= 0) return false;
	leftAtOnce -= weight;
	return true;
}

/** What parts are drawn with and what may have to be loaded. */
export interface Need {
	isHere(): boolean;
	/** Never rejects. */
	load(): Promise<void>;
}

interface SliceOptions {
	/** The part itself is known. */
	readonly isReady?: boolean;
	readonly need?: Need;
}

/**
 * Whether a part of this many nodes may be drawn yet. Once drawn it stays drawn. Parts that get ready at once, because they
 * have waited for the same thing, are drawn in slices as well.
 */
export function useSlice(weight: number, { isReady = true, need }: SliceOptions = {}): boolean {
	const isComplete = () => isReady && (need === undefined || need.isHere());
	const [isDrawn, setDrawn] = useState(() => isComplete() && takeAtOnce(weight));
	useEffect(() => {
		if (isDrawn) return;
		let isWanted = isReady;
		const own: Waiting = { weight, draw: () => setDrawn(true) };
		const enter = () => {
			if (!isWanted || need?.isHere() === false) return;
			waiting.push(own);
			schedule();
		};
		if (need?.isHere() === false) void need.load().then(enter);
		else enter();
		return () => {
			isWanted = false;
			const at = waiting.indexOf(own);
			if (at >= 0) waiting.splice(at, 1);
		};
	}, [isDrawn, isReady, need, weight]);
	return isDrawn;
}
