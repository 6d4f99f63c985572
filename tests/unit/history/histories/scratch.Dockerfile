FROM scratch
ADD data.tar /
COPY run.sh /run.sh
ENV ONLY=scratch
ENTRYPOINT ["/run.sh"]
