import { AppError } from "../../contract/errors.ts";

/** A refusal that names the parameter; `reason` is OpenAI's code for it. @throws AppError `invalid_request` */
export function refuseParameter(param: string, reason: string, words: string): never {
	throw new AppError("invalid_request", words, { details: { param, reason } });
}
