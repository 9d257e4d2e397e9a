// Decides what a request is: a health check, typed calls, a stream, or a page; and which requests are refused before that.
// Needs: the services and Next's own request function; answers health checks before either exists.
// Promises: one bad request never ends the server; every answer carries a request id and the security headers.
export { createHttpServer, type HttpServer, type Pages } from "./http-server.ts";
