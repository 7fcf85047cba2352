set -e
echo run >> /var/log/job/job.log
echo logged on UBI
