import { messages } from "@/components/words/chat";

export default function NotFound() {
	return (
		<main className="flex min-h-dvh flex-col items-center justify-center gap-4 p-8">
			<h1 className="text-title font-semibold">{messages.pageMissing}</h1>
			<a href="/" className="text-accent-text underline underline-offset-3">
				{messages.toStart}
			</a>
		</main>
	);
}
