// Loaded into the server by start.mjs: when start.mjs is killed, the server is too, instead of holding port and data folder.
if (process.send) {
	process.channel?.unref();
	process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
}
