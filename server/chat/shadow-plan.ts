import type { PublishedPolicy } from "../cascade/index.ts";
import type { ShadowPlan } from "../house/index.ts";
import { toNanoUsd } from "../kernel/usd.ts";

/** What a policy wants of shadow mode; null: nothing. */
export function toShadowPlan(published: PublishedPolicy | null): ShadowPlan | null {
	const shadow = published?.policy.shadow;
	if (!published || !shadow) return null;
	const { judge, share, usdPerDay } = shadow;
	const { version: policyVersion, policy } = published;
	return { policyVersion, strong: policy.strong, judge, share, dayCapNanoUsd: toNanoUsd(usdPerDay) };
}
