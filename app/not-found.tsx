import { Frame, FrameLink, PageShell } from "@/components/ui/page-frame";
import { messages } from "@/components/words/chat";

export default function NotFound() {
	return (
		<PageShell width="form">
			<Frame title={messages.pageMissing}>
				<FrameLink href="/">{messages.toStart}</FrameLink>
			</Frame>
		</PageShell>
	);
}
