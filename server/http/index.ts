// Decides which door a request goes through: health, typed calls, streams, or a page.
// Needs: the services and Next's own request function; answers health before either is there.
// Promises: one bad request never ends the server; every answer carries a request id and the security headers.
export { createHttpServer, type HttpServer, type Pages } from "./http-server.ts";
