/** Word between the processes on one database: a hint that makes them quick, never the truth. */
export interface Notices {
	/** Tells the other processes, soon. Never throws; what is lost is lost. */
	send(topic: string, body: unknown): void;
	/** Hears what the other processes sent, never what this one did. */
	on(topic: string, listener: (body: unknown) => void): void;
	/** Called when notices may have been missed: the connection that hears them was made again. */
	onGap(listener: () => void): void;
	close(): Promise<void>;
}
