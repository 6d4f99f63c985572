# syntax-free multi-stage
ARG BASE=bb:base
ARG GREETING=hello
FROM ${BASE} AS builder
ARG GREETING
WORKDIR /src
COPY . .
RUN echo ${GREETING} > /src/greeting && \
    echo compiled > /src/app
FROM ${BASE} AS tools
RUN echo tool > /tool
RUN echo tool2 > /tool2

FROM ${BASE}
ENV APP_HOME=/app
WORKDIR $APP_HOME
COPY --from=builder /src/app /src/greeting ./
COPY --from=tools /tool /usr/local/bin/tool
COPY --from=1 /tool2 /usr/local/bin/tool2
COPY conf/z.conf /etc/z.conf
RUN ls -la /app && rm -f /etc/z.conf
ENTRYPOINT ["/app/app"]
CMD ["--help"]
