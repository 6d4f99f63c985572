ARG BASE=bb:base
FROM ${BASE}
MAINTAINER Ann Other <ann@example.org>
LABEL org.opencontainers.image.title="A title with spaces" \
      org.opencontainers.image.description="Long \
description" \
      "quoted key"=value
LABEL single 'old form value'
EXPOSE 80
EXPOSE 443/tcp 53/udp 8000-8002
STOPSIGNAL 9
USER nobody
USER root:root
VOLUME /a /b
VOLUME ["/c"]
HEALTHCHECK NONE
HEALTHCHECK --interval=90s --timeout=500ms --retries=5 CMD ["wget", "-q", "http://localhost/"]
HEALTHCHECK --start-period=1h CMD wget -q "http://localhost:80/" || exit 1
RUN echo only layer > /only
ENTRYPOINT exec top -b
CMD []
