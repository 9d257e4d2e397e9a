/** Messages between the processes on one database. A notice is a hint that saves time; the tables hold the truth. */
export interface Notices {
	/** Sends to the other processes, soon. Never throws; a notice may be lost. */
	send(topic: string, body: unknown): void;
	/** Receives the notices of the other processes, never those of this one. */
	on(topic: string, listener: (body: unknown) => void): void;
	/** Called after the connection that receives notices was opened again: notices may have been missed. */
	onGap(listener: () => void): void;
	close(): Promise<void>;
}
