import { Button } from "../ui/button";
import { adminWords } from "../words/admin";

export function ReadFailure({ onRetry }: { onRetry(): void }) {
	return (
		<div role="alert" className="flex items-center gap-3">
			<p>{adminWords.failed}</p>
			<Button onClick={onRetry}>{adminWords.tryAgain}</Button>
		</div>
	);
}
