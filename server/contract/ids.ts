import { v7 } from "uuid";
import * as z from "zod";

/** Ids are UUIDv7 (RFC 9562): made here, sortable by time, branded so that one kind cannot stand in for another. */
export type UserId = string & { readonly __brand: "UserId" };
export type ThreadId = string & { readonly __brand: "ThreadId" };
export type MessageId = string & { readonly __brand: "MessageId" };
export type TurnId = string & { readonly __brand: "TurnId" };

const branded = <Id extends string>() => z.uuid().transform((value) => value.toLowerCase() as Id);

export const userId = branded<UserId>();
export const threadId = branded<ThreadId>();
export const messageId = branded<MessageId>();
export const turnId = branded<TurnId>();

/** A fresh id of the wanted kind. */
export const createId = <Id extends string>(): Id => v7() as Id;
