ARG BASE=bb:base
FROM ${BASE}
ENV TOOL_VERSION 1.17.0
ENV PKG_RELEASE   1~stretch
RUN set -x \
# create a user first
	&& addgroup -g 101 tool || true \
	&& buildDeps=' \
		gcc \
		make \
	' \
	# another comment
	&& for key in \
		A1B2C3 \
		D4E5F6 \
	; do \
		echo "trying $key"; \
	done; \
	\
	case "$(uname -m)" in \
		x86_64) echo "arch: amd64" > /arch ;; \
		*) \
# indented comment
			echo "arch: other" > /arch ;; \
	esac \

	&& echo "  spaces   inside  " > /spaces \
	&& rm -rf /tmp/*
RUN ln -sf /dev/stdout /log.txt
RUN echo 'a # not a comment' > /hash   # but this is one
EXPOSE 80
CMD ["tool", "-g", "daemon off;"]
